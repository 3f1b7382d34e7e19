module gitops.spira.dev/chaos

go 1.26
