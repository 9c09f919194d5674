/** The server of Trino, by its version: the archive has the like, the jars have not. */
public class Start {
    public static void main(String[] args) {
        new io.trino.server.Server().start(args[0]);
    }
}
