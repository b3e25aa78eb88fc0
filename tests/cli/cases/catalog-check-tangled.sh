foreload catalog import "$INPUTS/tangled.json" >/dev/null 2>&1
status foreload catalog check | without_paths
