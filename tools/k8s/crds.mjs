// Checks objects of custom kinds against the types that their makers publish; reads JSON lines {"where", "object"} on stdin
// and prints how many there were. The first argument is the folder of node_modules.
//
// The published validators do not mind a property that nobody knows, so objects are handed to them wrapped: what a validator
// never asks for is a property that the type does not have, such as a typo.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const packages = {
  "keda.sh": "keda",
  "gateway.networking.k8s.io": "gateway-api",
  "monitoring.coreos.com": "prometheus-operator",
  "cert-manager.io": "cert-manager",
};
const modules = `${process.argv[2]}/node_modules/@kubernetes-models`;

async function validator({ apiVersion, kind }) {
  const [group, version] = apiVersion.split("/");
  const model = await readFile(`${modules}/${packages[group]}/${group}/${version}/${kind}.js`, "utf8").catch(() => "");
  const schema = model.match(/_schemas\/(\w+)\.js/);
  return schema && (await import(`${modules}/${packages[group]}/_schemas/${schema[1]}.js`)).validate;
}

// `asked` collects the paths that are asked for; a loop over an object's keys asks for all of them.
function watch(value, path, asked) {
  if (value === null || typeof value !== "object") return value;
  const note = (key) => asked.add(`${path}/${String(key)}`);
  return new Proxy(value, {
    get: (target, key) => (note(key), watch(target[key], `${path}/${String(key)}`, asked)),
    has: (target, key) => (note(key), key in target),
    ownKeys: (target) => (Reflect.ownKeys(target).forEach(note), Reflect.ownKeys(target)),
  });
}

function* paths(value, path = "") {
  if (value === null || typeof value !== "object") return;
  for (const key of Object.keys(value)) {
    yield `${path}/${key}`;
    yield* paths(value[key], `${path}/${key}`);
  }
}

async function problems(object) {
  const validate = await validator(object);
  if (!validate) return [`no schema is known for ${object.apiVersion} ${object.kind}`];
  const asked = new Set();
  if (!validate(watch(object, "", asked))) {
    return validate.errors.map((error) => `${error.instancePath} ${error.message ?? error.keyword}`);
  }
  return [...paths(object)].filter((path) => !asked.has(path)).map((path) => `${path} is no property that the type has`);
}

let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { where, object } = JSON.parse(line);
  count += 1;
  for (const problem of await problems(object)) {
    process.exitCode = 1;
    console.error(`${where}: ${object.kind}/${object.metadata?.name}: ${problem}`);
  }
}
console.log(count);
