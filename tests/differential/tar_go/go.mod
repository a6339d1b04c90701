module tar_oracle

go 1.19
