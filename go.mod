module gyre

go 1.26
