module gitops.spira.dev/tests

go 1.26
