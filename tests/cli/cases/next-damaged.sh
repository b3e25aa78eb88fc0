# A file that cannot be read is told and kept aside, and learning begins anew.
mkdir -p "$FORELOAD_HOME"
echo "no model" >"$FORELOAD_HOME/sequences.flm"
on_stderr without_paths foreload next
on_stderr without_paths foreload next --used a/b --used c/d | without_numbers
cat "$FORELOAD_HOME/sequences.flm.damaged"
foreload next | without_numbers
