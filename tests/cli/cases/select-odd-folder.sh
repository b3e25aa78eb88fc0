# A folder with a pipe, a loop of links and a link to nothing: none of them holds anything up.
mkdir folder
cp "$INPUTS/manifest.json" folder/
mkfifo folder/pipe.json
ln -s . folder/loop.json
ln -s nothing folder/nothing.json
on_stderr without_paths status foreload select -v -c folder turn the lights on | without_numbers | tail -n 1
# Components without tools are a catalogue too, also when one of them is at fault.
cat >components.json <<'END'
{"components": [
  {"name": "lamp", "description": "Switches the lights", "keywords": ["light"]},
  {"name": "tap", "description": "Runs the water", "depends_on": ["pipe"]}]}
END
status foreload select -c components.json light | without_numbers | squeezed
