/** What a preview costs without this project: as many plain resources, of one type, with nothing between them. */
import * as gcp from "@pulumi/gcp";

/** A program that registers `count` addresses and one provider. */
export function plainProgram(count: number): () => Promise<Record<string, unknown>> {
  return () => {
    const google = new gcp.Provider("google", { project: "acme-hosting-prod", region: "europe-west1" });
    for (let index = 0; index < count; index++) {
      new gcp.compute.Address(`plain-${index}`, { name: `plain-${index}` }, { provider: google });
    }
    return Promise.resolve({});
  };
}
