#!/usr/bin/env bash
# Optional, after up.sh: a second compute host, lab-compute-1, with nova's libvirt driver (QEMU 10
# without KVM) and neutron's own linuxbridge agent, and a tiny bootable image `lab-tiny`.
#   real-compute.sh up    then:  openstack server create --image lab-tiny --flavor lab.tiny --network Internal --wait vm1
#   real-compute.sh down  stops its guests and processes, deletes its bridge and veth, and removes the host from Nova
#   real-compute.sh end   the same without Nova and neutron (called by down.sh)
# Only images with the property trait:CUSTOM_NUBES_REAL=required are scheduled on that host (availability
# zone `real`). On the network Internal this machine has 172.16.100.1 and .2.
set -euo pipefail
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH; unset PYTHONPATH PYTHONHOME
LAB_DIR=${LAB_DIR:-/tmp/nubes-lab}; ETC=$LAB_DIR/etc RUN=$LAB_DIR/run LOG=$LAB_DIR/log D=$LAB_DIR/data/real
HOST=lab-compute-1 TRAIT=CUSTOM_NUBES_REAL
HERE=$(cd "$(dirname "$0")" && pwd)
{
. "$LAB_DIR/lab.env"
. "$HERE/packages.sh"
. "$HERE/processes.sh"
export OS_AUTH_URL OS_IDENTITY_API_VERSION=3 OS_USERNAME=admin OS_PASSWORD=$LAB_ADMIN_PASSWORD OS_USER_DOMAIN_NAME=Default \
  OS_PROJECT_NAME=admin OS_PROJECT_DOMAIN_NAME=Default OS_COMPUTE_API_VERSION=2.90
virsh_() { virsh -q -c qemu:///system "$@"; }
# libvirt keeps the domains of a killed run in /etc, and Nova reuses their names in a new lab
undefine_lost() {
  local domain uuid
  for domain in $(virsh_ list --all --name); do
    uuid=$(virsh_ domuuid "$domain") || continue
    [[ $(virsh_ dumpxml "$domain") == *"$D/nova/instances/$uuid/"* ]] && [ ! -e "$D/nova/instances/$uuid" ] || continue
    virsh_ destroy "$domain" 2>/dev/null || true
    virsh_ undefine "$domain" && echo "undefined $domain of an earlier lab"
  done
}
end() {
  if alive libvirtd; then for d in $(virsh_ list --name); do virsh_ destroy "$d" || true; done; fi
  for n in nova-compute-1 lb-agent libvirtd; do stop $n 10; done
  br=$(ip -o link show lvphys0 2>/dev/null | sed -n 's/.* master \(brq[^ ]*\).*/\1/p')
  [ -z "$br" ] || ip link del "$br"
  ip link del lvphys0 2>/dev/null || true
}
if [ "${1:-}" = end ]; then end; exit 0; fi
if [ "${1:-}" = down ]; then
  end
  # so that the scheduler no longer selects it
  for i in $(openstack compute service list --host $HOST -f value -c ID); do openstack compute service delete "$i" || true; done
  for i in $(openstack network agent list --host $HOST -f value -c ID); do openstack network agent delete "$i" || true; done
  openstack subnet set --dhcp Internal-v4 || true
  exit 0
fi
[ "${1:-}" = up ] || { sed -n '2,9p' "$0"; exit 2; }
PK=(python3-libvirt libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients qemu-system-x86 qemu-utils ipxe-qemu seabios iptables ipset ebtables conntrack sudo
  genisoimage busybox-static linux-image-cloud-amd64)
install_packages "$LOG/apt-real.log" "${PK[@]}"
cannot() { echo "FAILED: this machine cannot host VMs: $*" >&2; exit 1; }
[ -c /dev/net/tun ] && (exec 3<>/dev/net/tun) 2>/dev/null || cannot "/dev/net/tun cannot be opened"
ip link add lvprobe0 type veth peer name lvprobe1 && ip link add lvprobe2 type bridge || cannot "no veth pairs or bridges"
ip link del lvprobe0; ip link del lvprobe2
iptables -w -n -L >/dev/null || cannot "iptables does not work"
unshare -m true || cannot "no mount namespaces"
mkdir -p "$D"/{nova/instances,neutron,ir/bin,ir/dev,ir/proc,ir/sys,ir/lib}
# created by the package libvirt-daemon-system, which is not installed
for g in kvm libvirt-qemu; do getent group $g >/dev/null || groupadd -r $g; done
id libvirt-qemu >/dev/null 2>&1 || useradd -r -g libvirt-qemu -d /var/lib/libvirt -s /usr/sbin/nologin libvirt-qemu
if [ ! -e /etc/libvirt/qemu.conf ]; then
  printf '%s\n' 'user = "root"' 'group = "root"' 'dynamic_ownership = 0' 'remember_owner = 0' 'security_driver = "none"' \
    'stdio_handler = "file"' 'cgroup_controllers = [ ]' 'namespaces = [ ]' >/etc/libvirt/qemu.conf
fi
printf 'listen_tls = 0\nlisten_tcp = 0\nauth_unix_rw = "none"\n' >"$D/libvirtd.conf"
mkdir -p /run/libvirt
# QEMU 7.2 without KVM crashes a full Debian guest. libvirtd takes the first QEMU of its PATH.
eval "$("$HERE/qemu10.sh" "$D/qemu10")"
mkdir -p "$D/bin"
cat >"$D/bin/qemu-system-x86_64.new" <<E
#!/bin/bash
# libvirt 9 may still pass -no-hpet, which QEMU 10 does not support. The modules of the installed QEMU are
# hidden, since QEMU 10 aborts if it finds a module of 7.2. One thread emulates all vCPUs: with one each, a boot
# may end in "iotlb_to_section: Assertion \`section_index < d->map.sections_nb' failed" (QEMU issue 1921).
a=()
for x; do
  case \$x in
    -no-hpet) a+=(-machine hpet=off);;
    tcg) a+=(tcg,thread=single);;
    *) a+=("\$x");;
  esac
done
M=/usr/lib/x86_64-linux-gnu/qemu
exec unshare -m /bin/sh -c '[ ! -d "\$0" ] || mount --bind "\$1" "\$0" || exit 1; shift; exec "\$@"' "\$M" '$QEMU_MODULE_DIR' '$QEMU' $QEMU_ARGS "\${a[@]}"
E
chmod 755 "$D/bin/qemu-system-x86_64.new"
cmp -s "$D/bin/qemu-system-x86_64.new" "$D/bin/qemu-system-x86_64" || cp -p "$D/bin/qemu-system-x86_64.new" "$D/bin/qemu-system-x86_64"
"$D/bin/qemu-system-x86_64" --version >/dev/null || cannot "QEMU 10 does not start"
start libvirtd env PATH="$D/bin:$PATH" libvirtd -f "$D/libvirtd.conf"
# The network's bridge (with the name that the agent would use) and a veth pair, whose other end has this
# machine's addresses as gateway and name server. On the bridge itself, this machine's traffic would bypass
# neutron's filter.
ip link show lvphys0 >/dev/null 2>&1 || ip link add lvphys0 type veth peer name lvphys1
BR=brq${LAB_NETWORK_ID:0:11}
ip link show "$BR" >/dev/null 2>&1 || ip link add "$BR" type bridge forward_delay 0
for i in "$BR" lvphys0; do   # only lvphys1 may answer ARP for the addresses
  echo 1 >"/proc/sys/net/ipv4/conf/$i/arp_ignore"; echo 1 >"/proc/sys/net/ipv6/conf/$i/disable_ipv6" 2>/dev/null || true
done
ip link set lvphys0 master "$BR"
for i in "$BR" lvphys0 lvphys1; do ip link set "$i" up; done
for a in 172.16.100.1 172.16.100.2; do ip addr replace $a/22 dev lvphys1; done
sed "s|^state_path.*|state_path = $D/neutron|; s/^\[DEFAULT\]/[DEFAULT]\nhost = $HOST/" "$ETC/neutron/neutron.conf" >"$D/neutron.conf"
printf '%s\n' '[linux_bridge]' 'physical_interface_mappings = physnet-int:lvphys0' '[vxlan]' 'enable_vxlan = false' \
  '[securitygroup]' 'firewall_driver = iptables' '[agent]' 'root_helper = env' >"$D/lb.ini"
start lb-agent neutron-linuxbridge-agent --config-file "$D/neutron.conf" --config-file "$D/lb.ini"
sed -e "s|^host = .*|host = $HOST|; s|^compute_driver = .*|compute_driver = libvirt.LibvirtDriver|; s|^state_path = .*|state_path = $D/nova|" \
  -e 's|^\[libvirt\]|[workarounds]\ndisable_rootwrap = true\n[libvirt]\nconnection_uri = qemu:///system|; /^\[vnc\]/,/^\[/s/^enabled = true/enabled = false/' \
  -e 's|^\[DEFAULT\]|&\nforce_config_drive = true|' "$ETC/nova/nova.conf" >"$D/nova.conf"
# hosts of an aggregate that requires a trait accept only images (or flavors) that require it too
grep -q ^enable_isolated "$ETC/nova/nova.conf" || sed -i 's/^\[scheduler\]/&\nenable_isolated_aggregate_filtering = true/' "$ETC/nova/nova.conf"
if [ "$(cat "$D/scheduler" 2>/dev/null)" != "$(cat "$RUN/nova-scheduler.pid")" ]; then
  stop nova-scheduler 10; start nova-scheduler nova-scheduler --config-file "$ETC/nova/nova.conf"; cp "$RUN/nova-scheduler.pid" "$D/scheduler"
fi
for _ in $(seq 40); do virsh_ version >/dev/null 2>&1 && break; sleep 0.5; done
undefine_lost
start nova-compute-1 "$LAB_DIR/bin/nova-compute" --config-file "$D/nova.conf"
# a kernel, and an initrd that prints that it is alive
K=$(ls -d /lib/modules/*cloud-amd64 | tail -1); K=${K##*/}
cp /bin/busybox "$D/ir/bin/"; for a in sh mount echo sleep ip insmod cat uname cp; do ln -sf busybox "$D/ir/bin/$a"; done
MODS='virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net'
for m in $MODS; do find "/lib/modules/$K" -name "$m.ko" -exec cp {} "$D/ir/lib/" \;; done
cat >"$D/ir/init" <<E
#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for r in 1 2 3; do for m in $MODS; do insmod /lib/\$m.ko 2>/dev/null; done; done
echo "LAB-TINY booted \$(uname -r)"; ip link set eth0 up; ip link show eth0
n=0; while true; do echo "LAB-TINY alive \$n"; n=\$((n+1)); sleep 10; done
E
chmod +x "$D/ir/init"; (cd "$D/ir" && find . | busybox cpio -o -H newc 2>/dev/null | gzip) >"$D/initrd.gz"; truncate -s 1M "$D/root.raw"
if ! openstack image show lab-tiny >/dev/null 2>&1; then
  k=$(openstack image create --disk-format aki --container-format aki --file "/boot/vmlinuz-$K" lab-tiny-kernel -f value -c id)
  r=$(openstack image create --disk-format ari --container-format ari --file "$D/initrd.gz" lab-tiny-initrd -f value -c id)
  openstack image create --disk-format raw --container-format bare --property kernel_id="$k" --property ramdisk_id="$r" \
    --property os_command_line='console=ttyS0 rdinit=/init' --property trait:$TRAIT=required --file "$D/root.raw" --public lab-tiny -f value -c name
fi
openstack flavor show lab.tiny >/dev/null 2>&1 || openstack flavor create --vcpus 1 --ram 256 --disk 1 lab.tiny -f value -c name
sleep 3; alive nova-compute-1 || { tail -15 "$LOG/nova-compute-1.log" >&2; echo "FAILED: nova-compute ended (log: $LOG/nova-compute-1.log)" >&2; exit 1; }
for _ in $(seq 30); do
  alive nova-compute-1 || { tail -15 "$LOG/nova-compute-1.log" >&2; exit 1; }
  nova-manage --config-file "$ETC/nova/nova.conf" cell_v2 discover_hosts >/dev/null 2>&1 || true
  nova-manage --config-file "$ETC/nova/nova.conf" cell_v2 list_hosts 2>/dev/null | grep -q $HOST && break; sleep 1
done
openstack image set --property trait:$TRAIT=required lab-tiny
# the trait on the new host, and the aggregate and zone `real`
T=$(openstack token issue -f value -c id)
pl() { curl -sf -X "$1" -H "X-Auth-Token: $T" -H 'OpenStack-API-Version: placement 1.19' -H 'Content-Type: application/json' "$LAB_PLACEMENT_URL/$2" ${3:+-d "$3"}; }
pl PUT traits/$TRAIT
rp= NODE=$(virsh_ hostname)   # its name in placement
for _ in $(seq 30); do
  rp=$(pl GET "resource_providers?name=$NODE" | jq -r '.resource_providers[0].uuid // empty'); [ -n "$rp" ] && break; sleep 1
done
[ -n "$rp" ] || { tail -15 "$LOG/nova-compute-1.log" >&2; echo "FAILED: $HOST has no resource provider (log: $LOG/nova-compute-1.log)" >&2; exit 1; }
for _ in 1 2 3 4 5; do   # nova-compute may be writing at the same time
  pl PUT "resource_providers/$rp/traits" "$(pl GET "resource_providers/$rp/traits" |
    jq -c --arg t $TRAIT '{resource_provider_generation, traits: (.traits + [$t] | unique)}')" >/dev/null && break; sleep 1
done
[[ $(pl GET "resource_providers/$rp/traits") == *$TRAIT* ]]
openstack aggregate show real >/dev/null 2>&1 || openstack aggregate create --zone real --property trait:$TRAIT=required real -f value -c name
[[ $(openstack aggregate show real -f json -c hosts) == *$HOST* ]] || openstack aggregate add host real $HOST -f value -c name
# no DHCP agent runs: without the flag nova writes the address into the config drive
openstack subnet set --no-dhcp Internal-v4
openstack compute service list --service nova-compute -f value -c Host -c State
openstack network agent list -f value -c "Agent Type" -c Host -c Alive
exit 0
}
