# Whatever is wrong with ONNX Runtime, Foreload computes and says so.
measure() {
    foreload eval intents -t "$INPUTS/intents.jsonl" --test "$INPUTS/intents.jsonl" --effort quick \
        --json "$@" | grep -o '"runtime":"[^"]*"'
}
measure
measure --runtime onnx --onnx-library ./libonnxruntime.so
FORELOAD_RUNTIME=onnx FORELOAD_ONNX_LIBRARY=libm.so.6 measure
measure --runtime abacus
measure --execution-provider abacus || true
