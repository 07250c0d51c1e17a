/** The parts of a resource's URN that people go by: `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
export function parseUrn(urn: string): { stack: string; type: string; name: string } {
  const [head = "", , types = "", ...name] = urn.split("::");
  return {
    stack: head.replace(/^urn:pulumi:/, ""),
    type: types.slice(types.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

/** `compute.Address edge` for `gcp:compute/address:Address` named `edge`: what a person calls the resource. */
export function displayName(type: string, name: string): string {
  const [pkg = "", module = "", kind = ""] = type.split(":");
  const group = module.split("/")[0] ?? "";
  const scope = pkg === "gcp" && group !== "index" ? `${group}.` : pkg === "kubernetes" ? "kubernetes." : "";
  return `${scope}${kind === "" ? type : kind} ${name}`;
}

/** {@link displayName} of a URN. */
export function describeUrn(urn: string): string {
  const { type, name } = parseUrn(urn);
  return displayName(type, name);
}
