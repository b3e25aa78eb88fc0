# A server that repeats what it was given in confidence: it is neither told nor stored.
cat >client.json <<'END'
{"mcpServers": {"loud": {
  "command": "sh",
  "args": ["-c", "echo oops; echo \"bad key $KEY\" >&2; exit 3", "x", "--token", "argument-in-confidence"],
  "env": {"KEY": "value-in-confidence"}}}}
END
status foreload catalog import -v client.json 2>&1 | grep -v index.fli
foreload catalog import --json client.json 2>/dev/null | grep -c in-confidence
foreload catalog show loud --json | grep -c in-confidence
cat "${FORELOAD_HOME:-$HOME/.local/share/foreload}"/* | grep -c in-confidence
true
