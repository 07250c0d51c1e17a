/**
 * In place of what Pulumi's SDK loads only to serialize functions, which nothing here does: a twelfth of the time of tests of components.
 * Whoever comes to need it gets an error that says where to look.
 */
module.exports = new Proxy(
  {},
  {
    get(_, name) {
      // Asked by compilers' helpers as they import.
      if (name === "__esModule") return true;
      throw new Error(
        `tests do without the SDK's serializer of functions, which asked for ${String(name)}: see moduleNameMapper`,
      );
    },
  },
);
