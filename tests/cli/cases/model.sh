# Generations: none, trained, again, rolled back, measured, exported.
status foreload model train
status foreload model eval
status foreload model rollback
status foreload model export x.flm
status foreload classify anything
foreload learn --from "$INPUTS/lessons.jsonl" --retrain-every 1000 2>/dev/null
foreload model train | without_numbers
foreload model train | without_numbers
foreload model show | grep -A9 generation | without_numbers
foreload model rollback | without_numbers
foreload model show --json | grep -o '"generation":[0-9],"state":"[a-z]*"'
foreload model eval | without_numbers
foreload model eval "$INPUTS/lessons.jsonl" --json
foreload model eval --runtime onnx --onnx-library ./none.so | without_numbers
foreload model export x.flm
foreload model export --onnx x.onnx
[ -s x.flm ] && [ -s x.onnx ] && echo written
foreload classify please make it snug | squeezed | without_numbers
foreload classify --json -k 1 please make it snug | sed -E "s,\"(probability|scope_score)\":[0-9.]+,\"\1\":N,g"
