import { ofTypes, type ResourceRule } from "../support/rule";

export const noServiceAccountKeys: ResourceRule = {
  name: "no-service-account-keys",
  description: "No service account has a key: a key works from anywhere and until somebody remembers to revoke it.",
  severity: "critical",
  remedy: "let machines and pods use their attached identity, and CI workload identity federation",
  appliesTo: ofTypes("gcp:serviceaccount/key:Key", "gcp:storage/hmacKey:HmacKey"),
  check: ({ type }) => [`${type} is a long-lived credential`],
};
