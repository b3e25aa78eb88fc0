cp "$INPUTS/manifest.json" "$INPUTS/broken.jsonl" "$INPUTS/client.json" .
status foreload config check manifest.json broken.jsonl client.json
status foreload config check --json broken.jsonl
status foreload config check missing.json
printf '[[[' >odd.toml
status foreload config check odd.toml
