kustomize build --enable-alpha-plugins --enable-exec . > built.yaml
! grep -q '^kind: TailscaleExpose' built.yaml && grep -q '^    tailscale-expose.dev/stub: ' built.yaml
