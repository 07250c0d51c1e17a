import { planServers } from "../../../../../services/node-agent/haproxy/members/plan";
import { serverIds } from "../../../../../services/node-agent/haproxy/server-id";

const PORT = 8090;
const members = ["vm-a", "vm-b", "vm-c"].map((name, index) => ({ name, address: `10.0.0.${index + 1}` }));
const ids = serverIds(members.map(({ name }) => name));
const servers = members.map(({ name, address }) => ({
  name,
  id: ids.get(name) ?? 0,
  address,
  port: PORT,
  isFoundUp: true,
  inMaintenance: false,
}));
const [a, b, c] = servers as [(typeof servers)[0], (typeof servers)[0], (typeof servers)[0]];
const nothing = { add: [], readdress: [], restore: [], retire: [], retired: [] };

it.each([
  ["all are there", servers, {}],
  ["none is there", [], { add: members.map((member) => ({ member, id: ids.get(member.name) })) }],
  ["one is missing", [a, c], { add: [{ member: members[1], id: b.id }] }],
  ["one is too much", [...servers, { ...a, name: "old", id: 7 }], { retire: ["old"] }],
  ["one is being taken out", [...servers, { ...a, name: "old", id: 7, inMaintenance: true }], { retired: ["old"] }],
  ["one is wanted after all", [a, { ...b, inMaintenance: true }, c], { restore: ["vm-b"] }],
  ["one moved", [a, { ...b, address: "10.9.9.9" }, c], { readdress: [{ member: members[1], id: b.id }] }],
  ["one has another id", [a, { ...b, id: 7 }, c], { retire: ["vm-b"] }],
  ["another has its id", [a, { ...b, name: "old" }, c], { retire: ["old"] }],
])("%s", (_, found, expected) => {
  expect(planServers(found, members, PORT)).toEqual({ ...nothing, ...expected });
});
