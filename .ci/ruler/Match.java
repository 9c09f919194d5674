import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import software.amazon.event.ruler.Machine;

/**
 * Reads lines {"pattern": "...", "events": ["...", ...]} from standard input, and writes for each
 * a line with true or false for each event, or one that begins with "error" where Event Ruler
 * refuses the pattern.
 */
public class Match {
    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode pair = json.readTree(line);
            Machine machine = new Machine();
            try {
                machine.addRule("rule", pair.get("pattern").asText());
            } catch (Exception e) {
                out.println("error " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
                continue;
            }
            StringBuilder answers = new StringBuilder();
            for (JsonNode event : pair.get("events")) {
                List<String> found = machine.rulesForJSONEvent(event.asText());
                answers.append(answers.length() == 0 ? "" : " ").append(!found.isEmpty());
            }
            out.println(answers);
        }
        out.flush();
    }
}
