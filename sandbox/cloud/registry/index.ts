/** The platform's images, built from this checkout. */
export { LocalRegistry, type RegistryOptions } from "./local-registry";
