import java.util.concurrent.atomic.AtomicBoolean;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** A JMS client of Artemis: "send URL QUEUE RUN" until it is told to end, or "list URL QUEUE". */
public class Messages {
  private static final int MESSAGES_A_SECOND = 200;

  public static void main(String[] args) throws Exception {
    try (var connections = new ActiveMQConnectionFactory(args[1]);
        Connection connection = connections.createConnection()) {
      connection.start();
      if (args[0].equals("send")) send(connection, args[2], args[3]);
      else list(connection, args[2]);
    }
  }

  /** Writes the lines that Kafka's VerifiableProducer writes: one for each message that the broker has promised to keep. */
  private static void send(Connection connection, String queue, String run) throws Exception {
    Thread main = Thread.currentThread();
    var stop = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      stop.set(true);
      try {
        main.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }));
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    MessageProducer producer = session.createProducer(session.createQueue(queue));
    producer.setDeliveryMode(DeliveryMode.PERSISTENT);
    int acknowledged = 0;
    while (!stop.get()) {
      String value = run + "." + acknowledged;
      try {
        producer.send(session.createTextMessage(value)); // comes back when the broker has it on the disk
      } catch (JMSException unanswered) {
        continue; // it may be there: then it is there twice
      }
      System.out.printf(
          "{\"name\":\"producer_send_success\",\"value\":\"%s\",\"partition\":0,\"offset\":%d,\"timestamp\":%d}%n",
          value, acknowledged++, System.currentTimeMillis());
      Thread.sleep(1000 / MESSAGES_A_SECOND);
    }
    System.out.printf("{\"name\":\"tool_data\",\"acked\":%d}%n", acknowledged);
  }

  private static void list(Connection connection, String queue) throws Exception {
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    var messages = session.createBrowser(session.createQueue(queue)).getEnumeration();
    while (messages.hasMoreElements()) System.out.println(((TextMessage) messages.nextElement()).getText());
  }
}
