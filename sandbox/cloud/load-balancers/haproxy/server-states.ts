/**
 * Which servers are well, as HAProxy says it and is told it. A worker that starts counts servers as well until a check has failed;
 * told otherwise by its state file, it sends nothing to one before it has shown that it is. Pure.
 */
import type { Backend } from "../plan";

const COLUMNS =
  "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change " +
  "srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn " +
  "srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";
const RUNNING = "2";
const STOPPED = "0";

/** `<backend>/<server>`. */
export function serverKey(backend: string, server: string): string {
  return `${backend}/${server}`;
}

/** Keys of the servers that an answer to `show servers state` says are well. */
export function wellServers(answer: string): Set<string> {
  const lines = answer.split("\n").filter((line) => /^\d+ /.test(line));
  const at = (name: string) => COLUMNS.split(" ").indexOf(name);
  const [backend, server, state] = [at("be_name"), at("srv_name"), at("srv_op_state")];
  const fields = lines.map((line) => line.split(" "));
  return new Set(
    fields.flatMap((values) =>
      values[state] === RUNNING ? [serverKey(values[backend] ?? "", values[server] ?? "")] : [],
    ),
  );
}

/** The state file for these backends: servers whose health is checked are down unless they are known to be well. */
export function stateFile(backends: readonly Backend[], well: ReadonlySet<string>): string {
  const lines = backends.flatMap(({ name, servers, healthCheck }, index) =>
    servers.map((server, position) => {
      const isUp = healthCheck === undefined || well.has(serverKey(name, server.name));
      const { host, port } = server.endpoint;
      const health = server.health ?? server.endpoint;
      return [
        [index + 1, name, position + 1, server.name, host, isUp ? RUNNING : STOPPED, 0, 1, 1, 0],
        // A check that has passed, or failed to connect; its state bits: configured and enabled.
        isUp ? [6, 3, healthCheck === undefined ? 1 : healthCheck.healthy + healthCheck.unhealthy - 1] : [8, 2, 0],
        [healthCheck === undefined ? 0 : 6, 0, 0, 0, "-", port, "-", 0],
        healthCheck === undefined ? [0, "-"] : [health.port, health.host],
        ["-", 0],
      ]
        .flat()
        .join(" ");
    }),
  );
  return ["1", `# ${COLUMNS}`, ...lines, ""].join("\n");
}
