on_stderr sorted_without_numbers status foreload catalog import --no-start "$INPUTS/client.json"
