package drain;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.AbstractStoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/**
 * The panes that changed since the last commit, before a store in memory with a changelog.
 *
 * <p>Kafka Streams' own cache takes bytes: it would write a pane anew for each of its events. This
 * one writes it once for each commit, before which Kafka Streams calls {@code flushCache}.
 */
final class PanesStore implements StateStore, CachedStateStore<PaneKey, Sums> {
    private final KeyValueStore<PaneKey, Sums> kept;
    private final Map<PaneKey, Sums> changed = new HashMap<>();

    private PanesStore(KeyValueStore<PaneKey, Sums> kept) {
        this.kept = kept;
    }

    static StoreBuilder<PanesStore> builder(String name) {
        StoreBuilder<KeyValueStore<PaneKey, Sums>> kept =
                Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(name), PaneKey.SERDE, SumsSerde.SERDE);
        return new AbstractStoreBuilder<>(name, PaneKey.SERDE, SumsSerde.SERDE, Time.SYSTEM) {
            @Override
            public PanesStore build() {
                return new PanesStore(kept.build());
            }
        };
    }

    /** A pane is new or has changed, or is to be deleted, where there are no sums. */
    void put(PaneKey key, Sums sums) {
        changed.put(key, sums);
    }

    /** Give all panes that were there at the last commit. */
    void forEach(BiConsumer<PaneKey, Sums> action) {
        try (KeyValueIterator<PaneKey, Sums> all = kept.all()) {
            all.forEachRemaining(it -> action.accept(it.key, it.value));
        }
    }

    @Override
    public void flushCache() {
        changed.forEach(kept::put);
        changed.clear();
    }

    @Override
    public void clearCache() {
        changed.clear();
    }

    @Override
    public boolean setFlushListener(CacheFlushListener<PaneKey, Sums> listener, boolean oldValues) {
        return false;
    }

    @Override
    public String name() {
        return kept.name();
    }

    @Override
    @Deprecated
    public void init(
            org.apache.kafka.streams.processor.ProcessorContext context, StateStore root) {
        throw new UnsupportedOperationException("Kafka Streams calls the one below");
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {
        kept.init(context, root);
    }

    @Override
    public void flush() {
        kept.flush();
    }

    @Override
    public void close() {
        kept.close();
    }

    @Override
    public boolean persistent() {
        return kept.persistent();
    }

    @Override
    public boolean isOpen() {
        return kept.isOpen();
    }
}
