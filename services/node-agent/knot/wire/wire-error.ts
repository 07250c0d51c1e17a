/** A message that is not as the protocol has it, or a value that the protocol cannot carry. */
export class WireError extends Error {
  override readonly name = "WireError";
}
