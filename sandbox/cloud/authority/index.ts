/** Certificates of the sandbox: its authority, and Certificate Manager's managed ones. */
export { ensureAuthority, type Authority, type IssuedCertificate } from "./authority";
export { Certificates, type Certified, type CertificateSource } from "./certificates";
