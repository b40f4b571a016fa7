package drain;

/** What a window needs of its quotes: of those in a pane, and of the panes of a window together. */
final class Sums {
    long count;
    double mean;
    double squares;
    double maxPrice = Double.NEGATIVE_INFINITY;
    double minPrice = Double.POSITIVE_INFINITY;
    long openTimeUs = Long.MAX_VALUE;
    long closeTimeUs = Long.MIN_VALUE;
    double openPrice;
    double closePrice;
    double volume;
    double turnover;

    /** Take in a quote (Welford's method). */
    void add(Quote quote) {
        double price = quote.price();
        double offMean = price - mean;
        count++;
        mean += offMean / count;
        squares += offMean * (price - mean);
        maxPrice = Math.max(maxPrice, price);
        minPrice = Math.min(minPrice, price);
        open(quote.timeUs(), price);
        close(quote.timeUs(), price);
        volume += quote.volume();
        turnover += price * quote.volume();
    }

    /** Take in the sums of other quotes (Chan's method). */
    void merge(Sums other) {
        long both = count + other.count;
        double apart = other.mean - mean;
        squares += other.squares + apart * apart * count * other.count / both;
        mean += apart * other.count / both;
        count = both;
        maxPrice = Math.max(maxPrice, other.maxPrice);
        minPrice = Math.min(minPrice, other.minPrice);
        open(other.openTimeUs, other.openPrice);
        close(other.closeTimeUs, other.closePrice);
        volume += other.volume;
        turnover += other.turnover;
    }

    private void open(long timeUs, double price) {
        if (timeUs < openTimeUs) {
            openTimeUs = timeUs;
            openPrice = price;
        }
    }

    private void close(long timeUs, double price) {
        if (timeUs >= closeTimeUs) {
            closeTimeUs = timeUs;
            closePrice = price;
        }
    }
}
