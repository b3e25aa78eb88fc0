needs fish
foreload completion fish >foreload.fish
fish -n foreload.fish && echo fine
HOME=$PWD fish -c 'function foreload; end; source foreload.fish; complete -C "foreload catalog re"; complete -C "foreload optimize --strategy a"'
