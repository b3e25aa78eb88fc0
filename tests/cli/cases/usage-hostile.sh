long=$(head -c 100000 /dev/zero | tr '\0' a)
status foreload "$long"
status foreload "--$long"
status foreload "--$long=x"
status foreload "-$long"
status foreload select --strategy "$long" x
status foreload ''
status foreload $'\e[31mred\n'
status foreload -$'\xff'
