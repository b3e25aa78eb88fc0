status foreload select --strategy agressive x
status foreload select --strategy x x
status foreload select --strategy
status foreload select --top 0 x
status foreload select --top many x
status foreload select --top 99999999999999999999 x
status foreload select --budget -5 x
status foreload select --budget 5 --top 3 x
status foreload select --json=yes x
status foreload select --candidates= x
status foreload select --detection-timeout 5d x
status foreload select --tables '' x
status foreload select --no-json x
