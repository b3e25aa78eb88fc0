foreload --version
foreload -V --nonsense
