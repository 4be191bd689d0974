#!/usr/bin/env bash
# Optional, after up.sh: real notebooks. Starts the host of real-compute.sh and uploads the bootable Jupyter
# image to glance, so that servers of ordinary users boot it and answer on their addresses.
#   real-notebook.sh up     prints the names to use, which are also in $LAB_DIR/real.env
#   real-notebook.sh down   deletes the servers of the real host, then real-compute.sh down (before down.sh)
# LAB_JUPYTER_IMAGE: the qcow2 to boot. If missing, it is built by `jupyter-image.sh --account` (4 min), and again
# after that script or jupyter.sh in docs/image.md has changed; down.sh --purge keeps it.
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; unset PYTHONPATH PYTHONHOME
{
HERE=$(cd "$(dirname "$0")" && pwd)
LAB_DIR=${LAB_DIR:-/tmp/nubes-lab}; IMG=${LAB_JUPYTER_IMAGE:-$LAB_DIR/jupyter-lab.qcow2}
NAME=jupyter-lab-real TRAIT=CUSTOM_NUBES_REAL HOST=lab-compute-1 T0=$SECONDS
say() { printf '[real %4ds] %s\n' "$((SECONDS - T0))" "$*" >&2; }
[ -s "$LAB_DIR/lab.env" ] || { echo "run up.sh first" >&2; exit 1; }
. "$LAB_DIR/lab.env"
export OS_AUTH_URL OS_IDENTITY_API_VERSION=3 OS_USERNAME=admin OS_PASSWORD=$LAB_ADMIN_PASSWORD OS_USER_DOMAIN_NAME=Default \
  OS_PROJECT_NAME=admin OS_PROJECT_DOMAIN_NAME=Default OS_COMPUTE_API_VERSION=2.90
case ${1:-} in
up) ;;
down)
  s=$(openstack server list --all-projects --host $HOST -f value -c ID || true)
  if [ -n "$s" ]; then say "deleting $(wc -w <<<"$s") servers"; openstack server delete --wait $s || true; fi
  rm -f "$LAB_DIR/real.env"
  exec "$HERE/real-compute.sh" down;;
*) sed -n '2,7p' "$0"; exit 2;;
esac

say "the real host"
"$HERE/real-compute.sh" up >&2
recipe=$({ cat "$HERE/jupyter-image.sh"; "$HERE/jupyter-image.sh" --recipe; } | sha256sum)
if [ -s "$IMG.recipe" ] && [ "$(cat "$IMG.recipe")" != "$recipe" ]; then rm -f "$IMG"; fi
if [ ! -s "$IMG" ]; then
  say "building $IMG"
  PK=(mmdebstrap e2fsprogs fdisk qemu-utils grub-pc-bin grub2-common)
  . "$HERE/packages.sh"
  install_packages "$LAB_DIR/log/apt-real-notebook.log" "${PK[@]}"
  "$HERE/jupyter-image.sh" "$IMG" --account >&2
  printf '%s\n' "$recipe" >"$IMG.recipe"
fi

sum=$(md5sum "$IMG" | cut -d' ' -f1) id=
for i in $(openstack image list --name $NAME -f value -c ID); do   # delete older images of that name
  if [ -z "$id" ] && [ "$(openstack image show "$i" -f json | jq -r '.status + .checksum')" = "active$sum" ]; then id=$i
  else openstack image delete "$i" || true; fi
done
if [ -z "$id" ]; then
  say "uploading $IMG"
  id=$(openstack image create --disk-format qcow2 --container-format bare --min-disk 4 --min-ram 1024 --file "$IMG" --public \
    --property nubes_nb=1 --property os_distro=debian --property os_version=13 --property nubes_nb_jupyter_port=8888 \
    --property hw_rng_model=virtio --property trait:$TRAIT=required $NAME -f value -c id)
fi

# allow ssh from outside in each project's default group, as on a real site
TOK=$(openstack token issue -f value -c id)
for p in "$LAB_PROJECT_ID" "$LAB_PROJECT2_ID"; do
  g=$(openstack security group list --project "$p" -f json | jq -r '[.[] | select(.Name=="default") | .ID][0] // empty')
  [ -n "$g" ] || continue
  code=$(curl -s -o /dev/null -w '%{http_code}' -H "X-Auth-Token: $TOK" -H 'Content-Type: application/json' "$LAB_NETWORK_URL/security-group-rules" \
    -d '{"security_group_rule":{"security_group_id":"'"$g"'","direction":"ingress","ethertype":"IPv4","protocol":"tcp","port_range_min":22,"port_range_max":22,"remote_ip_prefix":"0.0.0.0/0"}}')
  case $code in 201|409) ;; *) echo "security group rule: HTTP $code" >&2; exit 1;; esac   # 409: it exists
done
cat >"$LAB_DIR/real.env" <<E
LAB_REAL_IMAGE=$NAME
LAB_REAL_IMAGE_ID=$id
LAB_REAL_FLAVOR=$LAB_FLAVOR
LAB_REAL_FLAVOR_ID=$LAB_FLAVOR_ID
LAB_REAL_NETWORK=$LAB_NETWORK
LAB_REAL_NETWORK_ID=$LAB_NETWORK_ID
LAB_REAL_AZ=real
LAB_REAL_HOST_ADDRESS=172.16.100.1
E
say "up; $LAB_DIR/real.env"
cat "$LAB_DIR/real.env"
exit 0
}
