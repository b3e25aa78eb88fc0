needs zsh
foreload completion zsh >_foreload
zsh -n _foreload && echo fine
