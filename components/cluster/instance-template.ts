/** The content of a group's instance template, as plain data. Pure. */
import type { Container } from "../containers";
import { cloudInit } from "./cloud-init";
import { bootDiskType } from "./machine-types";
import { parseRegistry } from "../registry";
import { labelsIn, type ClusterScope } from "./scope";

/** A machine shape and what it runs. */
export interface MachineSpec {
  readonly scope: ClusterScope;
  /** Role of the group in names and labels: `http-serving`, `container-vm-<tier>`. */
  readonly role: string;
  readonly machineType: string;
  readonly bootDiskGb: number;
  readonly containers: readonly Container[];
}

/** Everything of an instance template that is known before anything exists. */
export function templateContent({ scope, role, machineType, bootDiskGb, containers }: MachineSpec) {
  const { images } = scope.environment;
  const labels = labelsIn(scope, role);
  return {
    description: `${scope.cluster}: ${role} at ${scope.config.release}`,
    region: scope.config.region,
    machineType,
    labels,
    disks: [
      {
        boot: true,
        autoDelete: true,
        sourceImage: images.vm,
        diskType: bootDiskType(machineType),
        diskSizeGb: bootDiskGb,
        labels,
      },
    ],
    metadata: metadataOf(cloudInit(containers, parseRegistry(images.registry).host)),
    shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
  };
}

function metadataOf(userData: string): Record<string, string> {
  return {
    "user-data": userData,
    "enable-oslogin": "TRUE",
    "block-project-ssh-keys": "TRUE",
    "serial-port-enable": "FALSE",
    "google-logging-enabled": "true",
    "google-monitoring-enabled": "true",
    // A machine's operating system changes when its template does, never by itself.
    "cos-update-strategy": "update_disabled",
  };
}
