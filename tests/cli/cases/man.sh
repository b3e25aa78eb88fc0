needs man
foreload man >foreload.1
man --warnings -E UTF-8 -l foreload.1 >page && head -n 4 page
