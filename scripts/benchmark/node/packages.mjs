// Where does a contender find the packages it imports? In the bench's folder, never beside itself.
import { registerHooks } from "node:module";

const bare = (name) => !/^[./]|^[a-z]+:/.test(name);
const ours = (address) => address !== undefined && !address.includes("/node_modules/");

registerHooks({
  resolve(name, context, next) {
    const from = bare(name) && ours(context.parentURL) ? process.env.BENCH_PACKAGES : context.parentURL;
    return next(name, { ...context, parentURL: from });
  },
});
