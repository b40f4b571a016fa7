package drain;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** How sums are kept in a store: eleven numbers of eight bytes. */
final class SumsSerde {
    static final Serde<Sums> SERDE =
            Serdes.serdeFrom((topic, sums) -> bytes(sums), (topic, bytes) -> of(bytes));

    private SumsSerde() {}

    private static byte[] bytes(Sums sums) {
        if (sums == null) { // a pane that is deleted
            return null;
        }
        return ByteBuffer.allocate(11 * Long.BYTES)
                .putLong(sums.count)
                .putDouble(sums.mean)
                .putDouble(sums.squares)
                .putDouble(sums.maxPrice)
                .putDouble(sums.minPrice)
                .putLong(sums.openTimeUs)
                .putLong(sums.closeTimeUs)
                .putDouble(sums.openPrice)
                .putDouble(sums.closePrice)
                .putDouble(sums.volume)
                .putDouble(sums.turnover)
                .array();
    }

    private static Sums of(byte[] bytes) {
        if (bytes == null) {
            return null;
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        Sums sums = new Sums();
        sums.count = from.getLong();
        sums.mean = from.getDouble();
        sums.squares = from.getDouble();
        sums.maxPrice = from.getDouble();
        sums.minPrice = from.getDouble();
        sums.openTimeUs = from.getLong();
        sums.closeTimeUs = from.getLong();
        sums.openPrice = from.getDouble();
        sums.closePrice = from.getDouble();
        sums.volume = from.getDouble();
        sums.turnover = from.getDouble();
        return sums;
    }
}
