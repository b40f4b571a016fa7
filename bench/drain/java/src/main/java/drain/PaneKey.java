package drain;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Which pane of which symbol; panes are numbered from 1970. */
record PaneKey(long pane, String symbol) {
    static final Serde<PaneKey> SERDE =
            Serdes.serdeFrom((topic, key) -> key.bytes(), (topic, bytes) -> of(bytes));

    private byte[] bytes() {
        byte[] name = symbol.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + name.length).putLong(pane).put(name).array();
    }

    private static PaneKey of(byte[] bytes) {
        String symbol =
                new String(bytes, Long.BYTES, bytes.length - Long.BYTES, StandardCharsets.UTF_8);
        return new PaneKey(ByteBuffer.wrap(bytes).getLong(), symbol);
    }
}
