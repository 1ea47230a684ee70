import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;

/**
 * Prints what Hadoop's own Configuration answers for the cases of cases.json.
 * Run with a Hadoop client on the class path:
 * ORACLE_SET=value ORACLE_EMPTY= java -Duser.name=alice -cp 'LIBS/*' Oracle.java cases.json > answers.json
 */
public class Oracle {
  public static void main(String[] args) throws Exception {
    HdfsConfiguration.init();
    new YarnConfiguration();
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
    Map<String, Object> answers = new TreeMap<>();
    for (Map<String, Object> c : (List<Map<String, Object>>) json.readValue(new File(args[0]), List.class)) {
      Path dir = Files.createTempDirectory("oracle");
      for (Map.Entry<String, String> f : ((Map<String, String>) c.get("files")).entrySet()) {
        Path p = dir.resolve(f.getKey());
        Files.createDirectories(p.getParent());
        Files.writeString(p, f.getValue());
      }
      Map<String, String> got = new TreeMap<>();
      for (String query : (List<String>) c.get("queries")) {
        got.put(query, answer(load(dir), query));
      }
      answers.put((String) c.get("name"), got);
    }
    json.writeValue(System.out, answers);
  }

  static Configuration load(Path dir) throws Exception {
    Configuration conf = new Configuration(false);
    conf.setClassLoader(new URLClassLoader(new URL[] {dir.toUri().toURL()}, Oracle.class.getClassLoader()));
    for (String s : new String[] {"core-default.xml", "core-site.xml", "hdfs-default.xml", "hdfs-site.xml",
        "hdfs-rbf-site.xml", "yarn-default.xml", "yarn-site.xml", "resource-types.xml"}) {
      conf.addResource(s);
    }
    return conf;
  }

  static String answer(Configuration conf, String query) {
    int blank = query.indexOf(' ');
    String kind = query.substring(0, blank);
    String key = query.substring(blank + 1);
    try {
      if (!kind.equals("get") && conf.get(key) == null) {
        return null;
      }
      switch (kind) {
        case "get": return conf.get(key);
        case "int": return "" + conf.getLong(key, 0);
        case "bool": return "" + conf.getBoolean(key, false);
        case "size": return "" + conf.getLongBytes(key, 0);
        case "duration": return "" + conf.getTimeDuration(key, 0, TimeUnit.MILLISECONDS);
        case "list": return String.join("|", conf.getTrimmedStringCollection(key));
        default: throw new Error("query " + query);
      }
    } catch (RuntimeException e) {
      return "!error";
    }
  }
}
