package drain;

import static drain.Window.PANES;
import static drain.Window.SLIDE_US;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Sums up a partition's quotes by pane, and merges a window's panes when it closes.
 *
 * <p>Panes are objects here and are written through to a store, whose changes are committed with
 * the offsets and the windows. A heartbeat moves the partition's time on.
 */
final class PaneProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String PANES_STORE = "panes";
    static final String CLOSED_STORE = "closed";
    private static final String CLOSED_KEY = "pane";

    private final NavigableMap<Long, Map<String, Sums>> panes = new TreeMap<>();
    private long closed = Long.MIN_VALUE; // windows that end where this pane begins, or before
    private ProcessorContext<byte[], byte[]> context;
    private PanesStore panesStore;
    private KeyValueStore<String, Long> closedStore;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        panesStore = context.getStateStore(PANES_STORE);
        closedStore = context.getStateStore(CLOSED_STORE);
        panesStore.forEach((key, sums) -> pane(key.pane()).put(key.symbol(), sums));
        Long before = closedStore.get(CLOSED_KEY);
        closed = before == null ? Long.MIN_VALUE : before;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Quote quote = Quote.parse(record.value());
        if (quote == null) {
            return;
        }
        long number = Math.floorDiv(quote.timeUs(), SLIDE_US);
        if (number > closed) {
            closeUntil(number);
        }
        boolean late = number + PANES <= closed;
        if (!late && !quote.isHeartbeat()) {
            Sums sums = pane(number).computeIfAbsent(quote.symbol(), symbol -> new Sums());
            sums.add(quote);
            panesStore.put(new PaneKey(number, quote.symbol()), sums);
        }
    }

    private Map<String, Sums> pane(long number) {
        return panes.computeIfAbsent(number, it -> new HashMap<>());
    }

    private void closeUntil(long number) {
        for (long end = closed + 1; end <= number && !panes.isEmpty(); end++) {
            forward(end);
            Map<String, Sums> oldest = panes.remove(end - PANES);
            if (oldest != null) {
                long gone = end - PANES;
                oldest.keySet().forEach(symbol -> panesStore.put(new PaneKey(gone, symbol), null));
            }
        }
        closed = number;
        closedStore.put(CLOSED_KEY, number);
    }

    private void forward(long end) {
        Map<String, Sums> windows = new HashMap<>();
        for (Map<String, Sums> pane : panes.subMap(end - PANES, end).values()) {
            pane.forEach((symbol, sums) ->
                    windows.computeIfAbsent(symbol, it -> new Sums()).merge(sums));
        }
        long endUs = end * SLIDE_US;
        windows.forEach((symbol, sums) ->
                context.forward(new Record<>(
                        symbol.getBytes(StandardCharsets.UTF_8),
                        Window.toJson(symbol, endUs, sums).getBytes(StandardCharsets.UTF_8),
                        endUs / 1_000)));
    }
}
