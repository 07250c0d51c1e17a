/**
 * The hop header, with which a cluster's edge vouches to a sibling's for the client's address and for the way that a request has
 * come. docs/adr/0010 has the reasons, docs/edge.md the format. Pure.
 */
import { counters } from "./entry";
import { is, processWide, request } from "./variables";

export const HOP_HEADER = "x-hop";
export const HOP_VERSION = "v1";
/** Seconds by which the signer's clock may differ, either way. Machines' clocks are kept within one. */
export const HOP_SKEW_SECONDS = 30;
/** Clusters that a request may pass after the first: each that forwards adds its name. */
export const MAX_HOPS = 2;

/** `v1;<seconds>;<clusters>;<client>;<base64 of a SHA-256>`. */
const FORM = "^v1;[0-9]{1,12};[a-z][a-z0-9-]*(?:,[a-z][a-z0-9-]*){0,7};[0-9a-fA-F.:]{2,45};[A-Za-z0-9+/]{43}=$";

/** Variables that live as long as the rules here need them. */
const local = {
  header: "txn.hop",
  signed: "txn.hop_signed",
  now: "txn.hop_now",
  mac: (index: number) => `txn.hop_mac_${index}`,
} as const;

/** Ends the text that a hop header signs: what the request is, which the header itself need not say. */
const OF_REQUEST = `concat(;,${request.method}),concat(;,${request.host})`;

/**
 * Checks a hop header, once the canonical host is known. From a valid one come the client's address and the clusters passed; with
 * any other the request counts as one from outside.
 */
export function verifyHop(keyCount: number): string[] {
  const { header, signed, now, mac } = local;
  const keys = Array.from({ length: keyCount }, (_, index) => index);
  const isPresent = `{ req.fhdr_cnt(${HOP_HEADER}) gt 0 }`;
  const isWellFormed = `{ var(${header}) -m found }`;
  const isRecent = `{ var(${header}),field(2,;),sub(${now}),add(${HOP_SKEW_SECONDS}) -m int 0:${2 * HOP_SKEW_SECONDS} }`;
  const isSignedBy = (index: number) => `{ var(${header}),field(5,;),secure_memcmp(${mac(index)}) }`;
  const isValid = is(request.hopState, "valid");
  return [
    `http-request set-var(${header}) req.fhdr(${HOP_HEADER}) if { req.fhdr_cnt(${HOP_HEADER}) eq 1 } { req.fhdr(${HOP_HEADER}) -m reg ${FORM} }`,
    `http-request set-var(${now}) date if ${isWellFormed}`,
    `http-request set-var(${signed}) var(${header}),field(1,;,4),${OF_REQUEST} if ${isWellFormed}`,
    ...keys.map((key) => `http-request set-var(${mac(key)}) ${signature(signed, key)} if ${isWellFormed}`),
    `http-request set-var(${request.hopState}) str(invalid) if ${isPresent}`,
    ...keys.map(
      (key) => `http-request set-var(${request.hopState}) str(valid) if ${isWellFormed} ${isRecent} ${isSignedBy(key)}`,
    ),
    `http-request set-var(${request.clusters}) var(${header}),field(3,;) if ${isValid}`,
    `http-request set-var(${request.client}) var(${header}),field(4,;) if ${isValid}`,
    `http-request sc-set-gpt0(${counters.client}) 1 if ${isValid}`,
    `http-request sc-inc-gpc0(${counters.client}) if ${is(request.hopState, "invalid")}`,
  ];
}

/** Whether a request that would have to leave the cluster has been here before, or has gone as far as it may. */
export function goesInCircles(cluster: string): string[] {
  const clusters = `var(${request.clusters})`;
  return [`{ ${clusters} -m reg (^|,)${cluster}(,|$) }`, `{ ${clusters} -m reg ^([^,]+,){${MAX_HOPS - 1}} }`];
}

/** Adds this cluster to the clusters passed, and signs. In a sibling's backend. */
export function signHop(cluster: string): string[] {
  const { header, signed, mac } = local;
  const passed = `%[var(${request.clusters})],${cluster}`;
  const before = { some: passed, none: cluster };
  const text = (clusters: string) => `"${HOP_VERSION};%[date];${clusters};%[var(${request.client})]"`;
  const hasPassed = `{ var(${request.clusters}) -m found }`;
  return [
    `http-request set-var-fmt(${header}) ${text(before.some)} if ${hasPassed}`,
    `http-request set-var-fmt(${header}) ${text(before.none)} unless ${hasPassed}`,
    `http-request set-var(${signed}) var(${header}),${OF_REQUEST}`,
    `http-request set-var(${mac(0)}) ${signature(signed, 0)}`,
    `http-request set-header ${HOP_HEADER} "%[var(${header})];%[var(${mac(0)})]"`,
  ];
}

function signature(variable: string, key: number): string {
  return `var(${variable}),hmac(sha256,${processWide.hopKey(key)}),base64`;
}
