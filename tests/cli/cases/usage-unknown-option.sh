status foreload select --stategy balanced x
status foreload catalog list --jsn
status foreload tokens --zzzzzz x
status foreload -x
status foreload tokens -xz
