import {
  AccountBookOutlined as AccountBook,
  ApartmentOutlined as Apartment,
  ApiOutlined as Api,
  AppstoreOutlined as Appstore,
  AuditOutlined as Audit,
  BulbOutlined as Bulb,
  CameraOutlined as Camera,
  CarOutlined as Car,
  CheckCircleOutlined as CheckCircle,
  ClockCircleOutlined as ClockCircle,
  CloseCircleOutlined as CloseCircle,
  ControlOutlined as Control,
  CopyOutlined as Copy,
  CustomerServiceOutlined as CustomerService,
  DashboardOutlined as Dashboard,
  DeleteOutlined as Delete,
  DownloadOutlined as Download,
  ExclamationCircleOutlined as ExclamationCircle,
  FilePdfOutlined as FilePdf,
  FileSearchOutlined as FileSearch,
  FilterOutlined as Filter,
  FormOutlined as Form,
  GlobalOutlined as Global,
  HddOutlined as Hdd,
  HistoryOutlined as History,
  IdcardOutlined as Idcard,
  InboxOutlined as Inbox,
  KeyOutlined as Key,
  LeftOutlined as Left,
  MenuFoldOutlined as MenuFold,
  MenuOutlined as Menu,
  MenuUnfoldOutlined as MenuUnfold,
  MinusCircleOutlined as MinusCircle,
  MoneyCollectOutlined as MoneyCollect,
  PictureOutlined as Picture,
  PlusOutlined as Plus,
  QrcodeOutlined as Qrcode,
  ReloadOutlined as Reload,
  RightOutlined as Right,
  RotateLeftOutlined as RotateLeft,
  RotateRightOutlined as RotateRight,
  SafetyCertificateOutlined as SafetyCertificate,
  ScanOutlined as Scan,
  ShopOutlined as Shop,
  SolutionOutlined as Solution,
  SoundOutlined as Sound,
  StopOutlined as Stop,
  TagsOutlined as Tags,
  TeamOutlined as Team,
  UndoOutlined as Undo,
  UserAddOutlined as UserAdd,
  UserOutlined as User,
  WalletOutlined as Wallet,
  ZoomInOutlined as ZoomIn,
  ZoomOutOutlined as ZoomOut,
} from '@ant-design/icons'
import type { ComponentProps } from 'react'

type Drawn = typeof AccountBook

/** silent hides an icon from those who listen: its English name is no word of the button that it stands on. */
function silent(Drawn: Drawn) {
  return (props: ComponentProps<Drawn>) => <Drawn aria-hidden {...props} />
}

export const AccountBookOutlined = /* @__PURE__ */ silent(AccountBook)
export const ApiOutlined = /* @__PURE__ */ silent(Api)
export const ApartmentOutlined = /* @__PURE__ */ silent(Apartment)
export const AppstoreOutlined = /* @__PURE__ */ silent(Appstore)
export const AuditOutlined = /* @__PURE__ */ silent(Audit)
export const BulbOutlined = /* @__PURE__ */ silent(Bulb)
export const CameraOutlined = /* @__PURE__ */ silent(Camera)
export const CarOutlined = /* @__PURE__ */ silent(Car)
export const CheckCircleOutlined = /* @__PURE__ */ silent(CheckCircle)
export const ClockCircleOutlined = /* @__PURE__ */ silent(ClockCircle)
export const CloseCircleOutlined = /* @__PURE__ */ silent(CloseCircle)
export const ControlOutlined = /* @__PURE__ */ silent(Control)
export const CopyOutlined = /* @__PURE__ */ silent(Copy)
export const CustomerServiceOutlined = /* @__PURE__ */ silent(CustomerService)
export const DashboardOutlined = /* @__PURE__ */ silent(Dashboard)
export const DeleteOutlined = /* @__PURE__ */ silent(Delete)
export const DownloadOutlined = /* @__PURE__ */ silent(Download)
export const ExclamationCircleOutlined = /* @__PURE__ */ silent(ExclamationCircle)
export const FilePdfOutlined = /* @__PURE__ */ silent(FilePdf)
export const FileSearchOutlined = /* @__PURE__ */ silent(FileSearch)
export const FilterOutlined = /* @__PURE__ */ silent(Filter)
export const FormOutlined = /* @__PURE__ */ silent(Form)
export const GlobalOutlined = /* @__PURE__ */ silent(Global)
export const HddOutlined = /* @__PURE__ */ silent(Hdd)
export const HistoryOutlined = /* @__PURE__ */ silent(History)
export const IdcardOutlined = /* @__PURE__ */ silent(Idcard)
export const InboxOutlined = /* @__PURE__ */ silent(Inbox)
export const KeyOutlined = /* @__PURE__ */ silent(Key)
export const LeftOutlined = /* @__PURE__ */ silent(Left)
export const MenuFoldOutlined = /* @__PURE__ */ silent(MenuFold)
export const MenuOutlined = /* @__PURE__ */ silent(Menu)
export const MenuUnfoldOutlined = /* @__PURE__ */ silent(MenuUnfold)
export const MoneyCollectOutlined = /* @__PURE__ */ silent(MoneyCollect)
export const MinusCircleOutlined = /* @__PURE__ */ silent(MinusCircle)
export const PictureOutlined = /* @__PURE__ */ silent(Picture)
export const PlusOutlined = /* @__PURE__ */ silent(Plus)
export const QrcodeOutlined = /* @__PURE__ */ silent(Qrcode)
export const ReloadOutlined = /* @__PURE__ */ silent(Reload)
export const RightOutlined = /* @__PURE__ */ silent(Right)
export const RotateLeftOutlined = /* @__PURE__ */ silent(RotateLeft)
export const RotateRightOutlined = /* @__PURE__ */ silent(RotateRight)
export const SafetyCertificateOutlined = /* @__PURE__ */ silent(SafetyCertificate)
export const ScanOutlined = /* @__PURE__ */ silent(Scan)
export const ShopOutlined = /* @__PURE__ */ silent(Shop)
export const SolutionOutlined = /* @__PURE__ */ silent(Solution)
export const SoundOutlined = /* @__PURE__ */ silent(Sound)
export const StopOutlined = /* @__PURE__ */ silent(Stop)
export const TagsOutlined = /* @__PURE__ */ silent(Tags)
export const TeamOutlined = /* @__PURE__ */ silent(Team)
export const UndoOutlined = /* @__PURE__ */ silent(Undo)
export const UserAddOutlined = /* @__PURE__ */ silent(UserAdd)
export const UserOutlined = /* @__PURE__ */ silent(User)
export const WalletOutlined = /* @__PURE__ */ silent(Wallet)
export const ZoomInOutlined = /* @__PURE__ */ silent(ZoomIn)
export const ZoomOutOutlined = /* @__PURE__ */ silent(ZoomOut)
