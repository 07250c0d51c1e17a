import { nextSteps, type NextSteps } from "../../../cli/sandbox/next-steps";

const KNOWN: NextSteps = {
  host: "hello.ann.apps.sandbox.test",
  address: "127.20.1.9",
  domain: "www.ann.example",
  user: "ann",
  destination: "free2",
  victim: "hackers",
  nameServers: [{ name: "europe-west1.ns.apps.sandbox.test", host: "127.20.1.3", port: 53 }],
  ports: { http: 80, https: 443, dns: 53 },
  dig: "dig",
  logs: ".sandbox/sandbox/cloud/logs",
};

test("are commands that work as they are printed", () => {
  expect(nextSteps(KNOWN)).toEqual([
    "Try next:",
    "  ask a name server:             dig @127.20.1.3 hello.ann.apps.sandbox.test",
    "  visit an app:                  curl --resolve hello.ann.apps.sandbox.test:80:127.20.1.9 http://hello.ann.apps.sandbox.test/",
    "  and by the user's own domain:  curl --resolve www.ann.example:80:127.20.1.9 http://www.ann.example/",
    "  move a user:                   cli/clusters move sandbox ann --to free2",
    "  lose a cluster, under load:    cli/clusters drill kill-cluster hackers",
    "  every drill there is:          cli/clusters drill --list",
    "  watch it all:                  cli/clusters status sandbox --web",
    "  what each process says:        ls .sandbox/sandbox/cloud/logs",
    "  end it:                        make sandbox-down",
  ]);
});

test("name the ports where the usual ones take root", () => {
  const moved = nextSteps({ ...KNOWN, ports: { http: 10_080, https: 10_443, dns: 10_053 }, dig: "kdig" }).join("\n");
  expect(moved).toContain("kdig @127.20.1.3 -p 10053 hello.ann.apps.sandbox.test");
  expect(moved).toContain(
    "curl --resolve hello.ann.apps.sandbox.test:10080:127.20.1.9 http://hello.ann.apps.sandbox.test:10080/",
  );
});

test("leave out what there is not", () => {
  const steps = nextSteps({ ...KNOWN, domain: undefined, destination: undefined, nameServers: [] }).join("\n");
  expect(steps).not.toMatch(/own domain|move a user|name server/);
});
