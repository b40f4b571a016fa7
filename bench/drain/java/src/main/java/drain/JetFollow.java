package drain;

import com.hazelcast.core.Hazelcast;
import java.nio.file.Path;

/**
 * Follows a topic with Hazelcast Jet until it is stopped: TOPIC OUT.
 *
 * <p>A window can be read once its file has its name, with a snapshot every {@code -Dsnapshot.ms}.
 */
final class JetFollow {
    private JetFollow() {}

    public static void main(String[] args) {
        Hazelcast.newHazelcastInstance(JetDrain.memberConfig())
                .getJet()
                .newJob(
                        // Quotes of one time, whose first and last price it is to tell, stay in order.
                        JetDrain.pipeline(args[0], Path.of(args[1])).setPreserveOrder(true),
                        JetDrain.jobConfig(Long.getLong("snapshot.ms")));
    }
}
