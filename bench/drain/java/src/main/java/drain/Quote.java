package drain;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONException;
import com.alibaba.fastjson2.annotation.JSONField;
import java.time.LocalDate;

/** A quote, or a heartbeat, which has no symbol; its time is in microseconds since 1970. */
record Quote(String symbol, long timeUs, double price, double volume) {

    /** The fields that are read; the others are skipped. */
    public static final class Event {
        public String symbol;
        public double price;
        public double volume;

        @JSONField(name = "event_time")
        public String eventTime;
    }

    /** Read a record's value; null where it is no JSON. Nothing else is checked. */
    static Quote parse(byte[] value) {
        try {
            Event event = JSON.parseObject(value, Event.class);
            return new Quote(event.symbol, epochUs(event.eventTime), event.price, event.volume);
        } catch (JSONException noJson) {
            return null;
        }
    }

    /** Read a time as the contract writes it: 2026-01-02T14:30:00.000000Z. */
    private static long epochUs(String time) {
        LocalDate date = LocalDate.of(number(time, 0, 4), number(time, 5, 7), number(time, 8, 10));
        long minutes = date.toEpochDay() * 1_440 + number(time, 11, 13) * 60 + number(time, 14, 16);
        return (minutes * 60 + number(time, 17, 19)) * 1_000_000 + number(time, 20, 26);
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    boolean isHeartbeat() {
        return symbol == null;
    }

    long timeMs() {
        return timeUs / 1_000;
    }
}
