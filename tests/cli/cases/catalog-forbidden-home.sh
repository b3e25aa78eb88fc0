# State that cannot be written is told, and nothing else happens.
printf '' >file
FORELOAD_HOME=$PWD/file on_stderr without_paths status foreload catalog import "$INPUTS/tools.jsonl"
