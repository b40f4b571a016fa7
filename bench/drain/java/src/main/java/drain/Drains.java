package drain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Prints a line of JSON for each drain, as usage.py does for the systems in Python. */
final class Drains {
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");

    private final String system;
    private final long records;
    private int drain;
    private long beganMs;
    private double cpuBeforeUs;

    Drains(String system, long records) {
        this.system = system;
        this.records = records;
    }

    /** Begin the next drain. */
    void begin() throws IOException {
        drain++;
        cpuBeforeUs = drain > 1 ? cpuUs() : 0; // the first one's includes the start of the process
        beganMs = System.currentTimeMillis();
    }

    /** End it: all windows are in files. */
    void end() throws IOException {
        long nowMs = System.currentTimeMillis();
        System.out.printf(
                Locale.ROOT,
                "{\"system\": \"%s\", \"drain\": %d, \"seconds\": %.3f, \"since_start\": %.3f,"
                        + " \"cpu_us_per_record\": %.2f, \"peak_mib\": %d}%n",
                system,
                drain,
                (nowMs - beganMs) / 1e3,
                containerUpSeconds(),
                (cpuUs() - cpuBeforeUs) / records,
                peakMib());
    }

    private static double cpuUs() throws IOException {
        String text = first("cpuacct/cpuacct.usage", "cpu.stat");
        if (text.startsWith("usage_usec")) {
            return Double.parseDouble(text.split("\\s+")[1]);
        }
        return Double.parseDouble(text) / 1e3;
    }

    private static long peakMib() throws IOException {
        return Long.parseLong(first("memory/memory.max_usage_in_bytes", "memory.peak")) >> 20;
    }

    /** The container's first process began so long ago. */
    private static double containerUpSeconds() throws IOException {
        String up = Files.readString(Path.of("/proc/uptime")).split(" ")[0];
        String stat = Files.readString(Path.of("/proc/1/stat"));
        String startTicks = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        return Double.parseDouble(up) - Long.parseLong(startTicks) / 100.0;
    }

    private static String first(String versionOne, String versionTwo) throws IOException {
        Path path = CGROUP.resolve(versionOne);
        return Files.readString(Files.exists(path) ? path : CGROUP.resolve(versionTwo)).strip();
    }
}
