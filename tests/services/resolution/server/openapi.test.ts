/** The OpenAPI document: as committed, as served, and sound. */
import { readFileSync } from "node:fs";
import { describeApi } from "../../../../services/resolution/server/document";
import { documentFile, operations, resolved } from "./support/document";

const committed = readFileSync(documentFile, "utf8");

describe("the committed OpenAPI document", () => {
  it("is what the operations say: npm run generate", async () => {
    expect(await describeApi()).toBe(committed);
  });

  it("has one name per operation", () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(29);
  });

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "says of %s who may use it, what it takes and how it is refused",
    (_, { roles, path, parameters, responses, method }) => {
      expect(roles.length).toBeGreaterThan(0);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name)).toEqual(named);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(["400", "401", "403", "429", "500", "503"]));
      const isWrite = method !== "GET" && !path.endsWith("/acknowledgements");
      expect(parameters.some(({ name }) => name === "idempotency-key")).toBe(isWrite);
    },
  );

  it("refers to nothing that it does not have", () => {
    for (const [reference] of committed.matchAll(/#\/components\/schemas\/\w+/g)) {
      expect(() => resolved({ $ref: reference })).not.toThrow();
    }
  });
});
