import type { Definition } from "./definition";
import { CERTIFICATE_TYPES } from "./types/certificates";
import { CONTAINER_TYPES } from "./types/container";
import { DNS_TYPES } from "./types/dns";
import { IAM_TYPES } from "./types/iam";
import { INSTANCE_GROUP_TYPES } from "./types/instance-groups";
import { INSTANCE_TYPES } from "./types/instances";
import { LOAD_BALANCING_TYPES } from "./types/load-balancing";
import { MONITORING_TYPES } from "./types/monitoring";
import { NETWORK_TYPES } from "./types/network";
import { SECRET_TYPES } from "./types/secrets";
import { SQL_TYPES } from "./types/sql";

/** Every resource type of Google Cloud that the local provider serves, by token. */
export const DEFINITIONS: Readonly<Partial<Record<string, Definition>>> = {
  ...CERTIFICATE_TYPES,
  ...CONTAINER_TYPES,
  ...DNS_TYPES,
  ...IAM_TYPES,
  ...INSTANCE_GROUP_TYPES,
  ...INSTANCE_TYPES,
  ...LOAD_BALANCING_TYPES,
  ...MONITORING_TYPES,
  ...NETWORK_TYPES,
  ...SECRET_TYPES,
  ...SQL_TYPES,
};
