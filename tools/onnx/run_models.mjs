// Runs every exported model of a folder by the npm package onnxruntime-node and compares what comes
// out with what Foreload computed:
//
//   node run_models.mjs FOLDER
//
// For each NAME.onnx there is a NAME.json: {"inputs": [{"name", "type", "dims", "values"}], "output": the
// same, "most": the largest difference allowed}. Exit status 0: equal; 1: not; 77: the package is not
// installed (npm ci --ignore-scripts, in the folder of this file).
import fs from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
let ort;
try {
  ort = (await import('onnxruntime-node')).default;
} catch (error) {
  console.log(`onnxruntime-node is not installed: ${error.message.split('\n')[0]}`);
  process.exit(77);
}

function tensor({ type, dims, values }) {
  return type === 'int64'
    ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims)
    : new ort.Tensor('float32', Float32Array.from(values), dims);
}

let worst = 0;
const names = fs.readdirSync(folder).filter((name) => name.endsWith('.onnx'));
for (const name of names) {
  const wanted = JSON.parse(fs.readFileSync(path.join(folder, name.replace(/onnx$/, 'json'))));
  const session = await ort.InferenceSession.create(path.join(folder, name));
  const feeds = Object.fromEntries(wanted.inputs.map((input) => [input.name, tensor(input)]));
  const output = (await session.run(feeds))[wanted.output.name];
  if (output.dims.join() !== wanted.output.dims.join()) throw new Error(`${name}: ${output.dims}`);
  const most = Math.max(...wanted.output.values.map((v, i) => Math.abs(v - output.data[i])));
  if (!(most <= wanted.most)) throw new Error(`${name}: a difference of ${most}`);
  worst = Math.max(worst, most);
}
console.log(`${names.length} models run, largest difference ${worst}`);
process.exit(names.length ? 0 : 1);
