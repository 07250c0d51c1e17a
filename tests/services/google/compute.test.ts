import { ComputeApi } from "../../../services/google/compute";
import { StubServer } from "../http/stub-server";

let server: StubServer;
let compute: ComputeApi;
beforeAll(async () => {
  server = await StubServer.start();
  compute = new ComputeApi({ project: "p-1", accessToken: () => Promise.resolve("token"), endpoint: server.url });
});
afterAll(() => server.stop());

const list = () => compute.instances("europe-west1-b", '(status = "RUNNING")');
const item = (name: string) => ({
  name,
  status: "RUNNING",
  labels: { role: "container-vm-standard" },
  networkInterfaces: [{ networkIP: "10.0.0.1" }, { networkIP: "10.1.0.1" }],
});
const listed = (name: string) => ({
  name,
  status: "RUNNING",
  labels: { role: "container-vm-standard" },
  address: "10.0.0.1",
});

it("asks for what it needs, and says who asks", async () => {
  server.replyWith({ status: 200, body: { items: [item("a")] } });
  expect(await list()).toEqual([listed("a")]);
  const [asked] = server.asked;
  const url = new URL(asked?.path ?? "", server.url);
  expect(url.pathname).toBe("/compute/v1/projects/p-1/zones/europe-west1-b/instances");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    filter: '(status = "RUNNING")',
    fields: "items(name,status,labels,networkInterfaces/networkIP),nextPageToken",
    maxResults: "500",
  });
  expect(asked?.headers.authorization).toBe("Bearer token");
});

it("follows pages to the last", async () => {
  server.replyWith(
    { status: 200, body: { items: [item("a")], nextPageToken: "2 &" } },
    { status: 200, body: { nextPageToken: "3" } },
    { status: 200, body: { items: [item("b")] } },
  );
  expect(await list()).toEqual([listed("a"), listed("b")]);
  expect(server.asked.map(({ path }) => new URL(path, server.url).searchParams.get("pageToken"))).toEqual([
    null,
    "2 &",
    "3",
  ]);
});

it("gives nothing rather than a part, where a page fails", async () => {
  server.replyWith({ status: 200, body: { items: [item("a")], nextPageToken: "2" } }, { status: 403 });
  await expect(list()).rejects.toThrow(
    `instances of europe-west1-b cannot be listed: ${server.host} answered 403; grant this service account compute.instances.list in the project`,
  );
});

it("gives up an answer that never ends", async () => {
  server.replyWith({ status: 200, body: { nextPageToken: "again" } });
  await expect(list()).rejects.toThrow("there are more than 100 pages");
});

it("takes an instance that has neither labels nor an address yet", async () => {
  server.replyWith({ status: 200, body: { items: [{ name: "a", status: "PROVISIONING" }] } });
  expect(await list()).toEqual([{ name: "a", status: "PROVISIONING", labels: {}, address: "" }]);
});

it("is asked again when Google is in trouble, and again only once", async () => {
  server.replyWith({ status: 503 }, { status: 200, body: {} });
  expect(await list()).toEqual([]);
  server.replyWith({ status: 503 });
  await expect(list()).rejects.toThrow("answered 503");
  expect(server.asked).toHaveLength(2);
});

it("does not take something else for an answer", async () => {
  server.replyWith({ status: 200, body: "<html>" });
  await expect(list()).rejects.toThrow(`${server.host} gave something else`);
});
