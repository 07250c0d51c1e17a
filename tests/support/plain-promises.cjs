/**
 * Pulumi notes the stack at each promise that it makes, in case one is never kept. Jest maps every line of it back to the sources, and
 * in tests of components that took as long as everything else together.
 */
const MODULE = "@pulumi/pulumi/runtime/debuggable";

jest.mock(MODULE, () => {
  const actual = jest.requireActual(MODULE);
  return { ...actual, debuggablePromise: (...promise) => withoutStack(() => actual.debuggablePromise(...promise)) };
});

function withoutStack(work) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
