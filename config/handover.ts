/**
 * How the command tells the policy pack which stack it judges. Engines tell a pack too, but not all in a way that a pack on
 * Node can read: one that starts packs through its Node language host sends the configuration in a message that
 * @pulumi/policy 1.21 drops.
 */

/** Environment variable with the stack's name. */
export const STACK_VARIABLE = "CLUSTERS_STACK";
/** Environment variable with the path of the environment's configuration file. */
export const CONFIG_FILE_VARIABLE = "CLUSTERS_CONFIG_FILE";
